package runas

// Identity is a user and group to run as.
type Identity struct {
	UID, GID uint32
	// Groups are the supplementary groups; empty means the primary group only.
	Groups []uint32
}
