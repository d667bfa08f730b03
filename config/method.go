package config

// Method is how IPVS forwards to a real server.
type Method uint8

// NAT (Masq), DR (Route) and TUN (Tunnel).
const (
	NAT Method = iota
	DR
	TUN
)

// String is the keyword of the method.
func (m Method) String() string { return [...]string{"NAT", "DR", "TUN"}[m] }

// Tunnel is what may stand behind TUN.
type Tunnel struct {
	Type     TunnelType
	Checksum TunnelChecksum
	Port     uint16 // of GUE
}

// TunnelType is how packets are wrapped for a server behind TUN.
type TunnelType uint8

// IPIP is plain IP in IP.
const (
	IPIP TunnelType = iota
	GUE
	GRE
)

// String is the word of the type.
func (t TunnelType) String() string { return [...]string{"ipip", "gue", "gre"}[t] }

// TunnelChecksum is what a GUE or GRE tunnel does about checksums.
type TunnelChecksum uint8

// No checksum, one over the wrapped packet, or one that is filled in at the far
// end.
const (
	NoChecksum TunnelChecksum = iota
	Checksum
	RemoteChecksum
)

// String is the word of the setting.
func (c TunnelChecksum) String() string { return [...]string{"nocsum", "csum", "remcsum"}[c] }
