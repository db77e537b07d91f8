// Package endpoint says where to connect and how to get a token: the server's address, its headers, its TLS settings,
// and a reference to a token that is resolved again at every connection, because tokens live minutes. Resolve puts
// flags, environment, a named context of the configuration file and defaults together into one Endpoint.
//
// Everything here prints itself redacted: no String, no error, no log record and no JSON of this package holds a token,
// a header's value, or what a URL says beyond scheme, host, port and path.
//
// It must not know how a connection is made, what runs over it, or what a command line looks like.
package endpoint
