def solution():
    """Tom saves $50 a month at 0.5 % interest a month. After how many months has he more than $5,000?"""
    balance = 0
    months = 0
    while balance <= 5000:
        balance = balance * 1.005 + 50
        months += 1
    return months
