// Package session is the session file, format 1: what was seen on one connection to a Carebase
// server, as one JSON object a line. It says what a record is, writes records, and reads them back
// byte for byte, whole or cut off, plain or compressed.
//
// It must not know what a delta means (package contract does), where records come from (package
// follow), nor how they are shown. Args and bodies are evidence: they are kept as the bytes that
// came over the wire, and only looked at as far as a line format has to.
package session
