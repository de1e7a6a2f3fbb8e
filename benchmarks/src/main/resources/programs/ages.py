def solution():
    """Ann is twice as old as Ben, who is 4 years younger than Cem. Together they are 64. How old is each?"""
    for ben in range(100):
        ages = {"Ann": 2 * ben, "Ben": ben, "Cem": ben + 4}
        if sum(ages.values()) == 64:
            return ages["Ann"]
    return None
