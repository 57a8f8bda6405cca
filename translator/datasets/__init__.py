"""Published data sets that a user holds, each turned into a manifest: one file a data set, no pixels shipped."""
