"""Friction ridges: from an image to minutiae, from minutiae to a decision, and their files.

``read_image`` → ``enhance`` (segment, orient, filter, thin) → ``find_minutiae`` → ``quality``;
``prepare`` does it at once for ``compare``; ``error_rates`` and ``log10_likelihood_ratio`` say what
a score is worth; ``records`` holds ANSI/NIST-ITL files. Images are of 500 pixels per inch, dark
ridges; places are (x right, y down) in pixels; directions in degrees, counter-clockwise.

Sources: L. Hong, Y. Wan, A. Jain, IEEE TPAMI 20 (1998) 777; Q. Xiao, H. Raafat, Pattern Recognition
24 (1991) 985; R. Cappelli, M. Ferrara, D. Maltoni, IEEE TPAMI 32 (2010) 2128; D. Maltoni et al.,
"Handbook of Fingerprint Recognition", 3rd ed. (2022); ANSI/NIST-ITL 1-2011 (update 2015);
ISO/IEC 19794-2; ISO/IEC 19795-1; M. Kawagoe, A. Tojo, Pattern Recognition 17 (1984) 295.
"""

from dalil.courses.fingerprints.methods import records
from dalil.courses.fingerprints.methods.comparison import (
    DISTANCE,
    TURN,
    Comparison,
    ComparisonError,
    Template,
    compare,
    local_similarity,
    prepare,
    template,
)
from dalil.courses.fingerprints.methods.enhancement import (
    PIXELS_PER_MM,
    Enhanced,
    FingerprintError,
    ImageError,
    enhance,
    gabor,
    normalise,
    orient,
    read_image,
    ridge_period,
    segment,
)
from dalil.courses.fingerprints.methods.minutiae import (
    BIFURCATION,
    ENDING,
    KINDS,
    Agreement,
    Minutia,
    agree,
    angle_between,
    crossing_number,
    find_minutiae,
)
from dalil.courses.fingerprints.methods.patterns import (
    PATTERNS,
    pattern,
    ridge_count,
    singular_points,
)
from dalil.courses.fingerprints.methods.quality import Quality, quality
from dalil.courses.fingerprints.methods.rates import (
    CALIBRATION,
    LOG10_LR_LIMITS,
    Rates,
    det_curve,
    equal_error_rate,
    error_rates,
    log10_likelihood_ratio,
    upper_bound,
)
from dalil.courses.fingerprints.methods.records import RecordError

__all__ = [
    "BIFURCATION", "CALIBRATION", "DISTANCE", "ENDING", "KINDS", "LOG10_LR_LIMITS", "PATTERNS",
    "PIXELS_PER_MM", "TURN", "Agreement", "Comparison", "ComparisonError", "Enhanced",
    "FingerprintError", "ImageError", "Minutia", "Quality", "Rates", "RecordError", "Template",
    "agree", "angle_between", "compare", "crossing_number", "det_curve", "enhance",
    "equal_error_rate", "error_rates", "find_minutiae", "gabor", "local_similarity",
    "log10_likelihood_ratio", "normalise", "orient", "pattern", "prepare", "quality",
    "read_image", "records", "ridge_count", "ridge_period",
    "segment", "singular_points", "template", "upper_bound",
]  # fmt: skip
