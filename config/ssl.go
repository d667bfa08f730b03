package config

// SSL is the SSL block: what SSL_GET shows of itself and whom it trusts. Files
// are paths, "" for none.
type SSL struct {
	Password    string // of the key
	CA          string
	Certificate string
	Key         string
}
