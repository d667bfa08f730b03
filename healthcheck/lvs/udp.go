package lvs

// udpKind is UDP_CHECK.
func udpKind() *kind { return question("UDP_CHECK", "UDP") }
