def solution():
    """A library has 7 shelves with 45 books each. 63 books are lent out. How many books are left?"""
    shelves = 7
    books_per_shelf = 45
    lent = 63
    books = shelves * books_per_shelf
    left = books - lent
    return left
