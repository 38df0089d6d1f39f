"""The suite of cloud-v1: a server of the SCORM Cloud V1 API."""
