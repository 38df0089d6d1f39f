"""The engine under its SCORM Cloud V1 face: applications, courses, registrations, launches, postbacks."""
