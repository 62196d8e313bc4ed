DROP TABLE sentinel_activities;
