// Package endpoint says where to connect and how to get a token: the server's address, its headers,
// its TLS settings, and a reference to a token that is resolved again at every connection, because
// tokens live minutes. Resolve puts flags, environment, a named context of the configuration file
// and defaults together into one Endpoint.
//
// Everything here prints itself redacted: no String, no error, no log record and no JSON of this
// package holds a token, a header's value, or what a URL says beyond scheme, host, port and path.
//
// It holds, too, what all connections to a server share, whatever runs over them: the proxy that
// the environment names, how an answer is read and how much of it, and why one failed in a few
// words.
//
// It must not know what is asked, what an answer means, or what a command line looks like.
package endpoint
