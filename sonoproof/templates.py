"""Study files that the command writes."""

from translator.weights import DEFAULT, ZERO_SHOT

STUDY = f"""\
# A study: what is asked of which clips. `sonoproof run` freezes it before anything is measured.
schema_version = 1
title = "Colour Doppler to greyscale: a first trial"
manifest = "MANIFEST"
split = "test"                 # the clips that are translated
metrics = ["ssim[wang2004]", "mae", "change"]
regions = ["frame", "sector", "mask", "seam", "unmasked"]
strata = []                    # also by: view, anatomy, domain, site, scanner, subject, coverage, fps (exploratory)
# distributions = ["efficientnet-lite0"]   # compare the sets of clips too (docs/weights.md)
# device = "cuda"                          # where networks that measure run; default "cpu"
# bins.coverage = [0.05, 0.1, 0.2, 0.4]   # where coverage is cut: shares of the sector
# bins.fps = [20, 30, 50]                 # and frame rates [Hz]

# claims_file = "tomic2025"               # also judge packaged claims, or those of a file of yours (docs/claims.md)
# claims_arms = {{ generator = "generator" }}   # which arm plays which role in them

[population]                   # the clips that the statistics are about: any manifest column
# domain = "real"

# Arms: weights:NAME (shipped or a .safetensors file; ?engine=... may follow), folder:PATH (finished videos named by
# clip_id), module:object (your own), trivial:NAME (`sonoproof list arms`)
[[arms]]
name = "generator"
translator = "weights:{DEFAULT}"
[[arms]]
name = "temporal-median"
translator = "trivial:temporal-median"
[[arms]]
name = "grey"
translator = "trivial:grey"

# Claims: fix the margin before you see a result.
# relation: superior | noninferior | equivalent (against an arm, or a `reference`) | at_least | at_most
[[claims]]
id = "better-than-median"
sentence = "Inside the flow mask the generator is more like the truth than the temporal median."
arm = "generator"
against = "temporal-median"
metric = "ssim[wang2004]"
region = "mask"
relation = "superior"
margin = 0.0
alpha = 0.025

[[claims]]
id = "frame-ssim"
sentence = "Whole-frame SSIM lies within 0.04 of 0.91."
arm = "generator"
metric = "ssim[wang2004]"
region = "frame"
relation = "equivalent"
reference = 0.91
margin = 0.04
alpha = 0.025

[exhibits]                     # worst, median and best are chosen by this; `always` names further clips, `random` draws some
arm = "generator"
metric = "ssim[wang2004]"
region = "mask"
always = []
"""

DEMO_TITLE = "Sonoproof demo: a small generator on simulated and real ultrasound"

DEMO = f"""\
schema_version = 1
title = "{DEMO_TITLE}"
note = "The statistics rest on simulated subjects: hearts like those the generator learnt from (other seeds), and kidneys, which it never saw. Two real inputs are shown beside them: an echo clip with simulated colour, and a real power Doppler frame, for which no greyscale truth exists."
manifest = "clips/manifest.csv"
split = "test"
metrics = ["ssim[wang2004]", "mae", "change"]
regions = ["frame", "sector", "mask", "seam", "unmasked"]
population = {{ domain = "simulated" }}

[[arms]]
name = "generator"
translator = "weights:{ZERO_SHOT}"
[[arms]]
name = "temporal-fill"
translator = "trivial:temporal-fill"
[[arms]]
name = "grey"
translator = "trivial:grey"
[[arms]]
name = "telea"
translator = "trivial:telea"
[[arms]]
name = "temporal-median"
translator = "trivial:temporal-median"

[[claims]]
id = "structure"
sentence = "Inside the flow mask the generator is more like the truth than the fill that it starts from."
arm = "generator"
against = "temporal-fill"
metric = "ssim[wang2004]"
region = "mask"
relation = "superior"

[[claims]]
id = "error"
sentence = "Inside the flow mask the generator's grey levels are closer to the truth than those of the fill that it starts from."
arm = "generator"
against = "temporal-fill"
metric = "mae"
region = "mask"
relation = "superior"

[[claims]]
id = "paper-frame-ssim"
sentence = "Whole-frame SSIM lies within 0.04 of the 0.91 that the reference paper reports."
source = "arXiv:2511.03255; the margin is our reading of its ±0.04"
arm = "generator"
metric = "ssim[wang2004]"
region = "frame"
relation = "equivalent"
reference = 0.91
margin = 0.04

[[claims]]
id = "unseen-organ"
sentence = "On an organ that it was never trained on, too, the generator beats the fill that it starts from."
arm = "generator"
against = "temporal-fill"
metric = "ssim[wang2004]"
region = "mask"
relation = "superior"
population = {{ anatomy = "kidney" }}

[exhibits]
arm = "generator"
metric = "ssim[wang2004]"
region = "mask"
always = ["pydicom-a4c", "pydicom-power-doppler"]
"""
