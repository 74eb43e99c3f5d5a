"""The badge of a service on its page."""

from __future__ import annotations

from urllib.parse import urlencode

from django import template
from django.template.context import Context
from django.urls import reverse

from shield.accounts.policy import may
from shield.registry.models import Service, ServiceBadge

register = template.Library()


@register.simple_tag(takes_context=True)
def service_badge(context: Context, service: Service) -> dict[str, str] | None:
    """Address and Markdown of the badge; None while there is none or it is off.

    The token opens nothing but the badge, so whoever may see the service may copy it.
    """
    request = context["request"]
    badge = ServiceBadge.objects.filter(service=service, enabled=True).first()
    if badge is None or not may(request.user, "service.view", service):
        return None
    query = urlencode({"token": badge.token})
    path = f"{reverse('badge', args=[service.slug])}?{query}"
    page = request.build_absolute_uri(service.get_absolute_url())
    image = request.build_absolute_uri(path)
    return {"path": path, "markdown": f"[![Shield: {service.slug}]({image})]({page})"}
