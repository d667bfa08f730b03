package metric

// What the supervisor tells: of the daemon as a whole and of its processes.
const (
	Up             = "keepalived_up"
	RoleUp         = "keepalived_role_up"
	RoleDeaths     = "keepalived_role_deaths_total"
	Ready          = "keepalived_ready"
	BuildInfo      = "keepalived_build_info"
	StartTime      = "keepalived_start_time_seconds"
	Clock          = "keepalived_clock_timestamp_seconds"
	ConfigLoaded   = "keepalived_config_loaded_timestamp_seconds"
	ConfigWritten  = "keepalived_config_written_timestamp_seconds"
	ConfigHash     = "keepalived_config_hash"
	ConfigFindings = "keepalived_config_findings"
	ReloadOK       = "keepalived_config_last_reload_successful"
	ReloadTime     = "keepalived_config_last_reload_timestamp_seconds"
	ReloadDuration = "keepalived_config_last_reload_duration_seconds"
	Reloads        = "keepalived_config_reloads_total"
	ProcessCPU     = "keepalived_process_cpu_seconds_total"
	ProcessMemory  = "keepalived_process_resident_memory_bytes"
	ProcessThreads = "keepalived_process_threads"
	ProcessOpenFDs = "keepalived_process_open_fds"
	RoleAge        = "keepalived_role_answer_age_seconds"
)

// What several roles tell, each of itself.
const (
	Repairs         = "keepalived_drift_repairs_total"
	Notified        = "keepalived_notifications_total"
	NotifyFailures  = "keepalived_notify_failures_total"
	NotifyQueue     = "keepalived_notify_queue_length"
	NotifyMailQueue = "keepalived_notify_mail_queue_length"
	NotifyRunning   = "keepalived_notify_scripts_running"
)

func ofRoles() []Family {
	return []Family{
		{Repairs, Counter, "What was put back that somebody else had removed or changed.", []string{"object"}, AnyRole},
		{Notified, Counter, "Scripts started, lines written to FIFOs, and mails sent.", []string{"role", "kind"}, AnyRole},
		{NotifyFailures, Counter, "Scripts that could not be started, lines that were lost, and mails that were not sent.",
			[]string{"role", "kind"}, AnyRole},
		{NotifyQueue, Gauge, "Notifications that were not begun yet.", []string{"role"}, AnyRole},
		{NotifyMailQueue, Gauge, "Mails that were not sent yet.", []string{"role"}, AnyRole},
		{NotifyRunning, Gauge, "Scripts that run.", []string{"role"}, AnyRole},
	}
}

func ofDaemon() []Family {
	role := []string{"role"}
	return []Family{
		{Up, Gauge, "Whether all roles that the configuration needs answer.", nil, ""},
		{RoleUp, Gauge, "Whether the role answers; what it tells is missing while it does not.", role, ""},
		{RoleDeaths, Counter, "Processes of the role that have died and were started again.", role, ""},
		{RoleAge, Gauge, "How old what the role tells here is.", role, ""},
		{Ready, Gauge, "Whether the daemon is ready, as /readyz answers.", nil, ""},
		{BuildInfo, Gauge, "The program that runs; always 1.", []string{"version", "goversion"}, ""},
		{StartTime, Gauge, "When the daemon was started.", nil, ""},
		{Clock, Gauge, "The time of day of this host.", nil, ""},
		{ConfigLoaded, Gauge, "When the configuration came into force.", nil, ""},
		{ConfigWritten, Gauge, "When the newest of its files was last written, as it was when they were read.", nil, ""},
		{ConfigHash, Gauge, "First 48 bits of the hash of what the configuration means, without secrets.", nil, ""},
		{ConfigFindings, Gauge, "What is wrong with the configuration that runs.", []string{"severity"}, ""},
		{ReloadOK, Gauge, "Whether the last reload, or the start, was not refused.", nil, ""},
		{ReloadTime, Gauge, "When the last reload was over, whatever became of it.", nil, ""},
		{ReloadDuration, Gauge, "How long the last reload took.", nil, ""},
		{Reloads, Counter, "Reloads by what became of them.", []string{"result"}, ""},
		{ProcessCPU, Counter, "Time on a processor, of the process of the role.", role, ""},
		{ProcessMemory, Gauge, "Resident memory of the process of the role.", role, ""},
		{ProcessThreads, Gauge, "Threads of the process of the role.", role, ""},
		{ProcessOpenFDs, Gauge, "Open file descriptors of the process of the role.", role, ""},
	}
}
