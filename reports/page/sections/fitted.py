"""What models that tasks fitted have to say, a section a kind; none where the study has no such task."""

from reports.page.classification import classification_part
from reports.page.discriminability import discriminability_parts
from reports.page.privacy import privacy_parts
from reports.page.rendering import rendered
from reports.page.saved import classification_rows, discriminability_rows, privacy_rows, saved, segmentation_rows
from reports.page.section import Section
from reports.page.segmentation import segmentation_parts
from reports.page.view import View


def classification(view: View) -> Section | None:
    """F1, confusion and calibration of real and translated clips."""
    found = classification_part(view.run, view.names)
    body = rendered("sections/classification.html.j2", classification=found)
    data = saved("classification.csv", classification_rows(found), "classification.json")
    return Section("classification", "What a classifier sees", body + data) if found else None


def segmentation(view: View) -> Section | None:
    """Overlap and areas of outlines."""
    found = segmentation_parts(view.run, view.population)
    body = rendered("sections/segmentation.html.j2", segmentation=found)
    data = saved("segmentation.csv", segmentation_rows(found))
    return Section("segmentation", "What is outlined in them", body + data) if found else None


def discriminability(view: View) -> Section | None:
    """Whether a machine tells real from synthetic, and by what."""
    found = discriminability_parts(view.run, frozenset(row.clip_id for row in view.population))
    body = rendered("sections/discriminability.html.j2", discriminability=found)
    data = saved("discriminability.csv", discriminability_rows(found))
    return Section("discriminability", "Real or synthetic", body + data) if found else None


def privacy(view: View) -> Section | None:
    """What the generator gives away of its training clips."""
    found = privacy_parts(view.run)
    body = rendered("sections/privacy.html.j2", privacy=found)
    return Section("privacy", "Privacy", body + saved("privacy.csv", privacy_rows(found))) if found else None
