"""`shield.yaml`, version 1: governance as code, beside the model."""

from shield.registry.manifest.loader import load
from shield.registry.manifest.model import Manifest
from shield.registry.manifest.problems import ManifestError, Problem

__all__ = ["Manifest", "ManifestError", "Problem", "load"]
