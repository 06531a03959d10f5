"""Small vectors in the form of the published ones: kind, convention in words, expected values."""

LEVEL = {
    "method": "equal_instalment",
    "principal": "100000",
    "annual_rate_percent": "5.88",
    "day_count": "annual/12",
    "instalments": 36,
    "start_date": "2026-01-20",
    "rounding": "HALF_UP 2dp",
}

EXAMPLES = {
    "level": (
        "schedule",
        LEVEL | {"rows_given": "key rows"},
        [
            {
                "n": 1,
                "due_date": "2026-02-20",
                "principal": "2546.76",
                "interest": "490.0",
                "instalment": "3036.76",
            },
            {"n": 36, "principal": "3021.95", "interest": "14.81", "instalment": "3036.76", "balance": "0.0"},
        ],
    ),
    "principal": (
        "schedule",
        LEVEL | {"method": "equal_principal"},
        {"total_interest": "9065.00", "first": "3267.78", "final": "2791.31"},
    ),
    "balloon": (
        "schedule",
        LEVEL | {"method": "balloon", "balloon": "30000", "residue": "in the last instalment"},
        {"instalment": "2272.73", "total_interest": "11818.33", "last_principal": "32115.41"},
    ),
    "interest-first": (
        "schedule",
        LEVEL | {"method": "interest_only_bullet"},
        {"regular": "490.00", "final": "100490.00", "interest_total": "17640.00"},
    ),
    "bullet": (
        "schedule",
        LEVEL | {"method": "bullet", "instalments": 1, "period_months": 12, "day_count": "actual/360"},
        {"final": "105961.67"},
    ),
    "fixed": (
        "schedule",
        {
            "method": "fixed_instalment_amount",
            "principal": "1000",
            "annual_rate_percent": "12",
            "instalment": "500",
            "day_count": "30/360",
        },
        {"instalments": 3, "total_payment": "1015.25"},
    ),
    "quarterly": (
        "schedule",
        LEVEL | {"frequency": "quarterly", "instalments": 4, "rounding": "HALF_EVEN 2dp"},
        [
            {"due_date": "2026-04-20", "interest": "1470.00"},
            {"due_date": "2026-07-20", "interest": "1110.50"},
            {"due_date": "2026-10-20", "interest": "745.73"},
            {"due_date": "2027-01-20", "interest": "375.58", "balance": "0"},
        ],
    ),
    "pay-off": (
        "event",
        {
            "base": "level",
            "payoff_date": "2026-02-20",
            "paid": "instalment 1",
            "rule": "interest to the payoff day",
        },
        {"payoff_amount": "97453.24", "interest": "0.00"},
    ),
    "european": (
        "apr",
        {
            "method": "EU APR (effective annual)",
            "advances": [{"date": "2025-01-12", "amount": 1000}],
            "payments": [{"date": "2026-01-12", "amount": 1200}],
        },
        {"apr_percent": 20.0, "decimals": 4, "disclosed": 20.0},
    ),
    "american": (
        "apr",
        {
            "method": "actuarial (nominal annual)",
            "advances": [{"t": 0, "f": 0, "amount": 5000}],
            "payments": [{"t": 1, "f": 0, "amount": 230, "count": 24}],
            "unit_periods_per_year": 12,
        },
        {"apr_percent": 9.69, "decimals": 2},
    ),
    "irr": ("apr", {"method": "periodic IRR", "flows": [-100, 0, 121]}, {"rate": 0.1, "decimals": 6}),
    "days": (
        "daycount",
        {"rule": "30E/360: D1=31->30; D2=31->30"},
        [{"start": "2026-01-31", "end": "2026-03-31", "days": 60}],
    ),
    "fractions": (
        "daycount",
        {"method": "actual/365"},
        [{"start": "2026-01-01", "end": "2026-03-15", "year_fraction": 0.2}],
    ),
    "sheet": (
        "function",
        {"method": "spreadsheet financial functions"},
        [
            {"function": "PMT", "args": ["8%/12", 10, 10000], "expected": -1037.03, "decimals": 2},
            {"function": "RATE*12", "args": [48, -200, 8000], "expected": 0.0924, "decimals": 4},
            {"function": "PMT type=1", "args": [0.005, 15, 5000, 0, 1], "expected": -345.1, "decimals": 2},
        ],
    ),
    "car": (
        "function",
        {"principal": "15800", "annual_rate_percent": "3.5", "months": 48},
        {"monthly_payment": "353.22", "total_of_payments": "16955 (48 x 353.22 rounded)"},
    ),
}
