"""Reading what arrives by mail: pure functions of the message, no database, no web.

``parse`` reads the bytes, ``kinds`` says what never posts, ``trim`` keeps what the person wrote.
"""
