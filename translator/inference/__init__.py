"""Running a trained generator over a clip in bounded memory."""
