"""Sites scored by weighted criteria, beside the plan and never in its objective."""
