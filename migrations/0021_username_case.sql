-- Usernames by their small letters: whether one is taken where upper and lower case are the same.
CREATE INDEX users_username_lower ON users (lower(username));
