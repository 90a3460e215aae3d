"""What is measured on runs: access along the border, the error at camps."""
