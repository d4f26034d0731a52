//! Sanitization: methods, verification and the certificate of sanitization (NIST SP 800-88).
