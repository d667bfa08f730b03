package ipvs

// A Switch is a setting of IPVS that is on or off for all services of a network namespace, by the name that it
// has below net.ipv4.vs.
type Switch string

// The switches that let a director go on with flows that began on another one.
const (
	// SloppyTCP and SloppySCTP take a packet in the midst of a connection that is not known, as they do the first
	// of one; without them it is not for any server.
	SloppyTCP  Switch = "sloppy_tcp"
	SloppySCTP Switch = "sloppy_sctp"
	// ScheduleICMP sends ICMP about a flow that is not known, such as that a packet was too big, to the server that
	// the flow would get.
	ScheduleICMP Switch = "schedule_icmp"
)

// Switches are all of them.
func Switches() []Switch { return []Switch{SloppyTCP, SloppySCTP, ScheduleICMP} }

// Sysctl is the name that an administrator knows it by.
func (s Switch) Sysctl() string { return "net.ipv4.vs." + string(s) }
