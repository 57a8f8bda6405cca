"""Claims: from an estimate and a margin that was fixed beforehand to one of four verdicts."""
