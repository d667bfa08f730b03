#compdef keepalived
# zsh completion for keepalived, which is holdfast here. Made by "holdfast generate".
_arguments -s -S \
  '(-f --use-file)'{-f+,--use-file=}'[Use the specified configuration file]:file:_files' \
  '(-P --vrrp)'{-P,--vrrp}'[Only run with VRRP subsystem]' \
  '(-C --check)'{-C,--check}'[Only run with Health-checker subsystem]' \
  '(-B --no_bfd)'{-B,--no_bfd}'[Don'\''t run BFD subsystem]' \
  '--all[Force all child processes to run, even if have no configuration]' \
  '(-l --log-console)'{-l,--log-console}'[Log messages to local console]' \
  '(-D --log-detail)'{-D,--log-detail}'[Detailed log messages]' \
  '(-S --log-facility)'{-S+,--log-facility=}'[Set syslog facility to LOG_LOCAL\[0-7\], user or daemon (default)]:value:(daemon user local0 local1 local2 local3 local4 local5 local6 local7)' \
  '(-g --log-file)'{-g-,--log-file=-}'[Also log to FILE (default /tmp/keepalived.log)]::file:_files' \
  '--flush-log-file[Flush log file on write]' \
  '(-G --no-syslog)'{-G,--no-syslog}'[Don'\''t log via syslog]' \
  '(-u --umask)'{-u+,--umask=}'[umask for file creation (in numeric form)]:value: ' \
  '(-X --release-vips)'{-X,--release-vips}'[Drop VIP on transition from signal.]' \
  '(-V --dont-release-vrrp)'{-V,--dont-release-vrrp}'[Don'\''t remove VRRP VIPs and VROUTEs on daemon stop]' \
  '(-I --dont-release-ipvs)'{-I,--dont-release-ipvs}'[Don'\''t remove IPVS topology on daemon stop]' \
  '(-R --dont-respawn)'{-R,--dont-respawn}'[Don'\''t respawn child processes]' \
  '(-n --dont-fork)'{-n,--dont-fork}'[Don'\''t fork the daemon process]' \
  '(-d --dump-conf)'{-d,--dump-conf}'[Dump the configuration data]' \
  '(-p --pid)'{-p+,--pid=}'[Use specified pidfile for parent process]:file:_files' \
  '(-r --vrrp_pid)'{-r+,--vrrp_pid=}'[Use specified pidfile for VRRP child process]:file:_files' \
  '(-T --genhash)'{-T,--genhash}'[Enter into genhash utility mode (this should be the first option used).]' \
  '(-c --checkers_pid)'{-c+,--checkers_pid=}'[Use specified pidfile for checkers child process]:file:_files' \
  '(-b --bfd_pid)'{-b+,--bfd_pid=}'[Use specified pidfile for BFD child process]:file:_files' \
  '(-a --address-monitoring)'{-a,--address-monitoring}'[Report all address additions/deletions notified via netlink]' \
  '(-x --snmp)'{-x,--snmp}'[Enable SNMP subsystem]' \
  '(-A --snmp-agent-socket)'{-A+,--snmp-agent-socket=}'[Use the specified socket for master agent]:file:_files' \
  '(-s --namespace)'{-s+,--namespace=}'[Run in network namespace NAME (overrides config)]:value: ' \
  '(-m --core-dump)'{-m,--core-dump}'[Produce core dump if terminate abnormally]' \
  '(-M --core-dump-pattern)'{-M-,--core-dump-pattern=-}'[Also set /proc/sys/kernel/core_pattern to PATN (default '\''core'\'')]::value: ' \
  '(-e --all-config)'{-e,--all-config}'[Error if any configuration file missing (same as includet)]' \
  '(-i --config-id)'{-i+,--config-id=}'[Skip any configuration lines beginning '\''@'\'' that don'\''t match id]:value: ' \
  '--ignore-sigint[Ignore SIGINT signal]' \
  '--signum=[Return signal number for STOP, RELOAD, DATA, STATS, STATS_CLEAR, JSON]:value:(STOP RELOAD DATA STATS STATS_CLEAR JSON)' \
  '(-t --config-test)'{-t-,--config-test=-}'[Check the configuration for obvious errors, output to]::file:_files' \
  '--config-fd=[With -t, write the consolidated configuration to file descriptor N]:value: ' \
  '(-v --version)'{-v,--version}'[Display the version number]' \
  '(-h --help)'{-h,--help}'[Display this help message]' \
  '--log-json[Log lines are JSON objects with fields (holdfast only)]' \
  '--api-socket=[Where the daemon is asked by holdfast status (default]:value: ' \
  '--api-group=[Who may reload through that socket besides root and the]:value: ' \
  '--metrics=[Where Prometheus, and everybody else, may read /metrics,]:value: ' \
  '--metrics-compat=[Metrics also under the names of that exporter]:value: ' \
  && return 0
