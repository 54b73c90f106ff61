"""Three-dimensional comparison of breech faces: from an x3p file to a likelihood ratio.

The chain is ``read_x3p`` -> ``prepare`` (level, band-pass, resample) -> ``register`` (rotation and
shift) -> ``match_cells`` (congruent matching cells) -> ``likelihood_ratio``; ``compare`` runs it on
two files. Lengths are in micrometres, angles in degrees, areas in square millimetres. Arrays of
heights are (H, W), rows downwards, NaN where the instrument saw nothing or a mask was drawn.

Sources: ISO 25178-72 and ISO 5436-2 (x3p); ISO 16610-21, -61, -71 (Gaussian filters); J. Song,
"Proposed NIST Ballistics Identification System using 3D topography measurements on correlation
cells", AFTE J. 45 (2013) 184; T. Vorburger et al., "Surface topography analysis for a feasibility
assessment of a National Ballistics Imaging Database", NISTIR 7362 (2007); M. Tong, J. Song, W. Chu,
"An improved algorithm of congruent matching cells (CMC) method for firearm evidence
identifications", J. Res. NIST 120 (2015) 102; D. Padfield, "Masked object registration in the
Fourier domain", IEEE TIP 21 (2012) 2706; N. Brümmer and J. du Preez, "Application-independent
evaluation of speaker detection", Computer Speech and Language 20 (2006) 230.
"""

from dalil.courses.firearms.methods.calibration import (
    CALIBRATION,
    LOG10_LR_LIMITS,
    auc,
    cllr,
    eer,
    fit_calibration,
    log10_likelihood_ratio,
    tippett,
)
from dalil.courses.firearms.methods.cells import (
    CELL,
    CELL_ANGLES,
    CELL_LEAST,
    CELL_REACH,
    CMC_ANGLE,
    CMC_CCF,
    CMC_SHIFT,
    Cell,
    match_cells,
)
from dalil.courses.firearms.methods.comparison import Comparison, compare, compare_prepared
from dalil.courses.firearms.methods.registration import (
    AREA_LIMIT,
    CANDIDATES,
    COARSE_STEP,
    LEAST_OVERLAP,
    Registration,
    Spectra,
    difference_map,
    register,
)
from dalil.courses.firearms.methods.surfaces import (
    COARSE_BAND,
    COARSE_PITCH,
    FINE_BAND,
    FINE_PITCH,
    NATIVE_PITCH,
    ComparisonError,
    FirearmsError,
    Floats,
    Image,
    Layer,
    Mask,
    Prepared,
    Topography,
    bandpass,
    level,
    lowpass,
    prepare,
)
from dalil.courses.firearms.methods.x3p import MAX_POINTS, MAX_XML_BYTES, X3PError, read_x3p

__all__ = [
    "AREA_LIMIT",
    "CALIBRATION",
    "CANDIDATES",
    "CELL",
    "CELL_ANGLES",
    "CELL_LEAST",
    "CELL_REACH",
    "CMC_ANGLE",
    "CMC_CCF",
    "CMC_SHIFT",
    "COARSE_BAND",
    "COARSE_PITCH",
    "COARSE_STEP",
    "FINE_BAND",
    "FINE_PITCH",
    "LEAST_OVERLAP",
    "LOG10_LR_LIMITS",
    "MAX_POINTS",
    "MAX_XML_BYTES",
    "NATIVE_PITCH",
    "Cell",
    "Comparison",
    "ComparisonError",
    "FirearmsError",
    "Floats",
    "Image",
    "Layer",
    "Mask",
    "Prepared",
    "Registration",
    "Spectra",
    "Topography",
    "X3PError",
    "auc",
    "bandpass",
    "cllr",
    "compare",
    "compare_prepared",
    "difference_map",
    "eer",
    "fit_calibration",
    "level",
    "log10_likelihood_ratio",
    "lowpass",
    "match_cells",
    "prepare",
    "read_x3p",
    "register",
    "tippett",
]
