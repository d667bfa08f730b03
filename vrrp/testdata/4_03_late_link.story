# The engine may report interfaces after Configure: nothing happens before.
instance VI_1
configure
at 10s
status
  10.000 VI_1 INIT prio 0, master invalid IP prio 0 every 0s, vips false
link eth0
  10.000 vips VI_1 off
  10.000 log (VI_1) Entering BACKUP STATE (init)
  10.000 notify INSTANCE "VI_1" BACKUP 100
  10.000 change (VI_1) INIT -> BACKUP: start
