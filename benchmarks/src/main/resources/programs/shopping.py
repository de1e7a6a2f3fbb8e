def solution():
    """Mia buys 3 notebooks at $2.50 each and 4 pens at $1.20 each. She pays with a $20 note. How much change does she get?"""
    notebooks = 3
    notebook_price = 2.50
    pens = 4
    pen_price = 1.20
    cost = notebooks * notebook_price + pens * pen_price
    change = 20 - cost
    result = round(change, 2)
    return result
