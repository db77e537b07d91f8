package endpoint

// Variable is an environment variable that is read.
type Variable struct {
	Name    string
	Meaning string // in a few words
}

// Names of the environment variables.
const (
	envConfig     = "DELTATAP_CONFIG"
	envContext    = "DELTATAP_CONTEXT"
	envServer     = "DELTATAP_SERVER"
	envToken      = "DELTATAP_TOKEN"
	envTokenFile  = "DELTATAP_TOKEN_FILE"
	envHeader     = "DELTATAP_HEADER"
	envTransport  = "DELTATAP_TRANSPORT"
	envSocketPath = "DELTATAP_SOCKET_PATH"
	envCAFile     = "DELTATAP_CA_FILE"
	envInsecure   = "DELTATAP_INSECURE"
	envTimeout    = "DELTATAP_TIMEOUT"
	envBodyLimit  = "DELTATAP_BODY_LIMIT"
)

// Variables lists the environment variables that say where to connect.
func Variables() []Variable {
	return []Variable{
		{envContext, "the context to use, as --context"},
		{envServer, "the server's URL, as --server"},
		{envToken, "the token itself, or a reference to it (env://, file://, exec://)"},
		{envTokenFile, "a file whose first line is the token, as --token-file; DELTATAP_TOKEN comes first"},
		{envHeader, "headers to send, as --header; one a line"},
		{envTransport, "auto, websocket or polling, as --transport"},
		{envSocketPath, "path of Socket.IO on the server, as --socket-path"},
		{envCAFile, "certificates to trust, in PEM, as --ca-file"},
		{envInsecure, "1 or true: do not verify certificates, as --insecure"},
		{envTimeout, "how long an answer may take, like 10s, as --timeout"},
		{envBodyLimit, "how much of an answer of REST is read, like 200MB; 64MiB unless set"},
		{envConfig, "the configuration file, as --config"},
		{"XDG_CONFIG_HOME", "where deltatap/config.yaml is looked for; ~/.config unless set"},
		{"HTTPS_PROXY", "the proxy for https, as in other programs; HTTP_PROXY is the one for http. Its own scheme may be http, https, socks5 or socks5h"},
		{"NO_PROXY", "hosts that are asked without a proxy; this machine itself always is"},
	}
}
