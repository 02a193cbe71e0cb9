/*
 * The table of ioctl requests: those without direction and size in their
 * number, and those whose number tells it wrong. Sources: ioctl_list(2),
 * ioctl_tty(2), netdevice(7), the headers named below and drivers of Linux 6.18.
 */
#include "monitor/calls/requests.h"

#include <linux/blkpg.h>
#include <linux/cdrom.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <linux/if_arp.h>
#include <linux/if_tun.h>
#include <linux/input.h>
#include <linux/ioctl.h>
#include <linux/kd.h>
#include <linux/loop.h>
#include <linux/nsfs.h>
#include <linux/random.h>
#include <linux/rtc.h>
#include <linux/serial.h>
#include <linux/sockios.h>
#include <linux/uinput.h>
#include <linux/vt.h>
#include <linux/watchdog.h>
#include <linux/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>

/* bytes of the kernel's struct termios and termio; libc's struct termios is larger */
#define KERNEL_TERMIOS_BYTES 36
#define KERNEL_TERMIO_BYTES  18
#define SERIAL_COUNTS_BYTES  80 /* struct serial_icounter_struct */
#define RS485_BYTES          32 /* struct serial_rs485 */
#define IDENTITY_BYTES       512
#define DATE_BYTES           16 /* struct timeval and timespec */

/* Numbers that older headers have not. */
#define REQUEST_TIOCGPTPEER    0x5441
#define REQUEST_TUNGETDEVNETNS _IO('T', 227)
#define PIDFD_NAMESPACE(n)     _IO(0xff, n)

#define OUT(number, bytes)                                       \
	{                                                        \
		(uint32_t)(number), REQUEST_DATA, 0, bytes, 0, 1 \
	}
#define IN(number, bytes)                                        \
	{                                                        \
		(uint32_t)(number), REQUEST_DATA, bytes, 0, 0, 1 \
	}
#define BOTH(number, in, out)                                   \
	{                                                       \
		(uint32_t)(number), REQUEST_DATA, in, out, 0, 1 \
	}
#define VALUE(number)                                         \
	{                                                     \
		(uint32_t)(number), REQUEST_VALUE, 0, 0, 0, 1 \
	}
#define NOTHING(number)                                         \
	{                                                       \
		(uint32_t)(number), REQUEST_NOTHING, 0, 0, 0, 1 \
	}
#define MAKES_FD(number)                                      \
	{                                                     \
		(uint32_t)(number), REQUEST_VALUE, 0, 0, 1, 1 \
	}
#define GET_IF(number)                                            \
	{                                                         \
		(uint32_t)(number), REQUEST_INTERFACE, 0, 1, 0, 1 \
	}
#define SET_IF(number, bytes)                                         \
	{                                                             \
		(uint32_t)(number), REQUEST_INTERFACE, bytes, 0, 0, 1 \
	}
/* one that its number tells right */
#define SIZED(number)                                                              \
	{                                                                          \
		(uint32_t)(number), REQUEST_DATA,                                  \
			_IOC_DIR(number) & _IOC_WRITE ? _IOC_SIZE(number) : 0,     \
			_IOC_DIR(number) & _IOC_READ ? _IOC_SIZE(number) : 0, 0, 1 \
	}
#define SPECIAL(number, what)                                  \
	{                                                      \
		(uint32_t)(number), REQUEST_##what, 0, 0, 0, 1 \
	}
#define POINTERS(number)                                         \
	{                                                        \
		(uint32_t)(number), REQUEST_POINTERS, 0, 0, 0, 1 \
	}

/* clang-format off */
static const struct request requests[] = {
	/* terminals */
	OUT(TCGETS, KERNEL_TERMIOS_BYTES), IN(TCSETS, KERNEL_TERMIOS_BYTES),
	IN(TCSETSW, KERNEL_TERMIOS_BYTES), IN(TCSETSF, KERNEL_TERMIOS_BYTES),
	OUT(TCGETA, KERNEL_TERMIO_BYTES), IN(TCSETA, KERNEL_TERMIO_BYTES),
	IN(TCSETAW, KERNEL_TERMIO_BYTES), IN(TCSETAF, KERNEL_TERMIO_BYTES),
	OUT(TIOCGLCKTRMIOS, KERNEL_TERMIOS_BYTES), IN(TIOCSLCKTRMIOS, KERNEL_TERMIOS_BYTES),
	VALUE(TCSBRK), VALUE(TCSBRKP), VALUE(TCXONC), VALUE(TCFLSH), VALUE(TIOCSCTTY), VALUE(TIOCMIWAIT),
	NOTHING(TIOCSBRK), NOTHING(TIOCCBRK), NOTHING(TIOCEXCL), NOTHING(TIOCNXCL), NOTHING(TIOCNOTTY),
	NOTHING(TIOCCONS), NOTHING(TIOCVHANGUP), NOTHING(TIOCSERCONFIG),
	OUT(TIOCGPGRP, 4), IN(TIOCSPGRP, 4), OUT(TIOCGSID, 4), OUT(TIOCOUTQ, 4), IN(TIOCSTI, 1),
	OUT(TIOCGWINSZ, 8), IN(TIOCSWINSZ, 8), OUT(TIOCGETD, 4), IN(TIOCSETD, 4), IN(TIOCPKT, 4),
	OUT(TIOCMGET, 4), IN(TIOCMSET, 4), IN(TIOCMBIS, 4), IN(TIOCMBIC, 4),
	OUT(TIOCGSOFTCAR, 4), IN(TIOCSSOFTCAR, 4), OUT(TIOCSERGETLSR, 4),
	OUT(TIOCGICOUNT, SERIAL_COUNTS_BYTES), OUT(TIOCGSERIAL, sizeof(struct serial_struct)),
	IN(TIOCSSERIAL, sizeof(struct serial_struct)),
	OUT(TIOCGRS485, RS485_BYTES), BOTH(TIOCSRS485, RS485_BYTES, RS485_BYTES),
	MAKES_FD(REQUEST_TIOCGPTPEER), POINTERS(TIOCLINUX), SIZED(TIOCGPTN), SIZED(TIOCSPTLCK),
	SIZED(TIOCGPTLCK), SIZED(TIOCGPKT), SIZED(TIOCGEXCL), SIZED(TIOCGDEV), SIZED(TIOCSIG),
	/* the console */
	OUT(KDGKBTYPE, 1), OUT(KDGETMODE, 4), VALUE(KDSETMODE), OUT(KDGKBMODE, 4), VALUE(KDSKBMODE),
	OUT(KDGKBMETA, 4), VALUE(KDSKBMETA), OUT(KDGETLED, 1), VALUE(KDSETLED), OUT(KDGKBLED, 1),
	VALUE(KDSKBLED), VALUE(KDMKTONE), VALUE(KIOCSOUND), OUT(VT_OPENQRY, 4),
	OUT(VT_GETMODE, sizeof(struct vt_mode)), IN(VT_SETMODE, sizeof(struct vt_mode)),
	OUT(VT_GETSTATE, sizeof(struct vt_stat)), VALUE(VT_ACTIVATE), VALUE(VT_WAITACTIVE),
	VALUE(VT_RELDISP), VALUE(VT_DISALLOCATE), VALUE(VT_LOCKSWITCH), VALUE(VT_UNLOCKSWITCH),
	/* any descriptor */
	OUT(FIONREAD, 4), IN(FIONBIO, 4), IN(FIOASYNC, 4), OUT(FIOQSIZE, 8),
	NOTHING(FIOCLEX), NOTHING(FIONCLEX),
	/* files; the number says long, the kernel moves an int (ioctl_iflags(2)) */
	OUT(FS_IOC_GETFLAGS, 4), IN(FS_IOC_SETFLAGS, 4), OUT(FS_IOC_GETVERSION, 4),
	IN(FS_IOC_SETVERSION, 4), VALUE(FICLONE), BOTH(FIBMAP, 4, 4), OUT(FIGETBSZ, 4),
	NOTHING(FIFREEZE), NOTHING(FITHAW), SPECIAL(FS_IOC_FIEMAP, EXTENTS),
	SPECIAL(FIDEDUPERANGE, RANGES), POINTERS(_IOW('f', 133, uint8_t[128])),
	SIZED(FS_IOC_FSGETXATTR), SIZED(FS_IOC_FSSETXATTR), SIZED(FITRIM), SIZED(FICLONERANGE),
	SIZED(FS_IOC_GETFSLABEL), SIZED(FS_IOC_SETFSLABEL),
	/* disks */
	IN(BLKROSET, 4), OUT(BLKROGET, 4), NOTHING(BLKRRPART), OUT(BLKGETSIZE, 8), NOTHING(BLKFLSBUF),
	VALUE(BLKRASET), OUT(BLKRAGET, 8), VALUE(BLKFRASET), OUT(BLKFRAGET, 8), OUT(BLKSECTGET, 2),
	OUT(BLKSSZGET, 4), OUT(BLKBSZGET, 4), IN(BLKBSZSET, 4), IN(BLKDISCARD, 16), OUT(BLKIOMIN, 4),
	OUT(BLKIOOPT, 4), OUT(BLKALIGNOFF, 4), OUT(BLKPBSZGET, 4), OUT(BLKDISCARDZEROES, 4),
	IN(BLKSECDISCARD, 16), OUT(BLKROTATIONAL, 2), IN(BLKZEROOUT, 16), POINTERS(BLKPG), SIZED(BLKGETSIZE64),
	OUT(HDIO_GETGEO, sizeof(struct hd_geometry)), OUT(HDIO_GET_IDENTITY, IDENTITY_BYTES),
	NOTHING(CDROMEJECT), NOTHING(CDROMCLOSETRAY), VALUE(CDROM_DRIVE_STATUS), VALUE(CDROM_DISC_STATUS),
	VALUE(CDROM_MEDIA_CHANGED), VALUE(CDROM_GET_CAPABILITY), VALUE(CDROM_LOCKDOOR),
	VALUE(CDROMEJECT_SW), POINTERS(CDROM_SEND_PACKET), POINTERS(0x2285 /* SG_IO */),
	OUT(0x2282 /* SG_GET_VERSION_NUM */, 4), OUT(0x5382 /* SCSI_IOCTL_GET_IDLUN */, 8),
	OUT(0x5386 /* SCSI_IOCTL_GET_BUS_NUMBER */, 4),
	VALUE(LOOP_SET_FD), NOTHING(LOOP_CLR_FD), VALUE(LOOP_CHANGE_FD), NOTHING(LOOP_SET_CAPACITY),
	VALUE(LOOP_SET_DIRECT_IO), VALUE(LOOP_SET_BLOCK_SIZE), VALUE(LOOP_CTL_ADD), VALUE(LOOP_CTL_REMOVE),
	NOTHING(LOOP_CTL_GET_FREE), IN(LOOP_SET_STATUS, sizeof(struct loop_info)),
	OUT(LOOP_GET_STATUS, sizeof(struct loop_info)), IN(LOOP_SET_STATUS64, sizeof(struct loop_info64)),
	OUT(LOOP_GET_STATUS64, sizeof(struct loop_info64)), IN(LOOP_CONFIGURE, sizeof(struct loop_config)),
	/* clocks, random numbers, watchdogs */
	NOTHING(RTC_AIE_ON), NOTHING(RTC_AIE_OFF), NOTHING(RTC_UIE_ON), NOTHING(RTC_UIE_OFF),
	NOTHING(RTC_PIE_ON), NOTHING(RTC_PIE_OFF), NOTHING(RTC_WIE_ON), NOTHING(RTC_WIE_OFF),
	VALUE(RTC_IRQP_SET), VALUE(RTC_EPOCH_SET), NOTHING(RTC_VL_CLR), SIZED(RTC_RD_TIME),
	SIZED(RTC_SET_TIME), SIZED(RTC_ALM_READ), SIZED(RTC_ALM_SET), SIZED(RTC_WKALM_RD),
	SIZED(RTC_WKALM_SET), SIZED(RTC_IRQP_READ), SIZED(RTC_EPOCH_READ), SIZED(RTC_VL_READ),
	SIZED(RNDGETENTCNT), SIZED(RNDADDTOENTCNT), SIZED(WDIOC_GETSUPPORT), SIZED(WDIOC_GETSTATUS),
	SIZED(WDIOC_SETOPTIONS), SIZED(WDIOC_SETTIMEOUT), SIZED(WDIOC_GETTIMEOUT), SIZED(WDIOC_GETTIMELEFT),
	SPECIAL(RNDADDENTROPY, ENTROPY), NOTHING(RNDZAPENTCNT), NOTHING(RNDCLEARPOOL),
	NOTHING(_IO('R', 0x07) /* RNDRESEEDCRNG */), NOTHING(WDIOC_KEEPALIVE),
	/* input devices */
	SIZED(EVIOCGVERSION), SIZED(EVIOCGID), SIZED(EVIOCGREP), SIZED(EVIOCSREP),
	VALUE(EVIOCGRAB), VALUE(EVIOCREVOKE), VALUE(EVIOCRMFF), POINTERS(EVIOCGMASK), POINTERS(EVIOCSMASK),
	NOTHING(UI_DEV_CREATE), NOTHING(UI_DEV_DESTROY), VALUE(UI_SET_EVBIT), VALUE(UI_SET_KEYBIT),
	VALUE(UI_SET_RELBIT), VALUE(UI_SET_ABSBIT), VALUE(UI_SET_MSCBIT), VALUE(UI_SET_LEDBIT),
	VALUE(UI_SET_SNDBIT), VALUE(UI_SET_FFBIT), VALUE(UI_SET_SWBIT), VALUE(UI_SET_PROPBIT),
	POINTERS(UI_SET_PHYS),
	/* tunnels: the number says int, the kernel moves a struct ifreq, or takes a number */
	BOTH(TUNSETIFF, sizeof(struct ifreq), sizeof(struct ifreq)), OUT(TUNGETIFF, sizeof(struct ifreq)),
	IN(TUNSETQUEUE, sizeof(struct ifreq)), VALUE(TUNSETPERSIST), VALUE(TUNSETOWNER), VALUE(TUNSETGROUP),
	VALUE(TUNSETLINK), VALUE(TUNSETNOCSUM), VALUE(TUNSETDEBUG), VALUE(TUNSETOFFLOAD),
	POINTERS(TUNATTACHFILTER), POINTERS(TUNDETACHFILTER), SIZED(TUNGETFEATURES), MAKES_FD(REQUEST_TUNGETDEVNETNS),
	/* sockets */
	IN(FIOSETOWN, 4), IN(SIOCSPGRP, 4), OUT(FIOGETOWN, 4), OUT(SIOCGPGRP, 4), OUT(SIOCATMARK, 4),
	OUT(0x8906 /* SIOCGSTAMP */, DATE_BYTES), OUT(0x8907 /* SIOCGSTAMPNS */, DATE_BYTES),
	OUT(SIOCOUTQNSD, 4), MAKES_FD(SIOCGSKNS), POINTERS(SIOCADDRT), POINTERS(SIOCDELRT),
	/* interfaces */
	SPECIAL(SIOCGIFCONF, LIST), SPECIAL(SIOCGIFNAME, INDEX),
	GET_IF(SIOCGIFINDEX), GET_IF(SIOCGIFFLAGS), GET_IF(SIOCGIFADDR), GET_IF(SIOCGIFDSTADDR),
	GET_IF(SIOCGIFBRDADDR), GET_IF(SIOCGIFNETMASK), GET_IF(SIOCGIFMETRIC), GET_IF(SIOCGIFMEM),
	GET_IF(SIOCGIFMTU), GET_IF(SIOCGIFHWADDR), GET_IF(SIOCGIFMAP), GET_IF(SIOCGIFTXQLEN),
	GET_IF(SIOCGIFPFLAGS), GET_IF(SIOCGMIIPHY),
	SET_IF(SIOCSIFFLAGS, 2), SET_IF(SIOCSIFADDR, 16), SET_IF(SIOCSIFDSTADDR, 16),
	SET_IF(SIOCSIFBRDADDR, 16), SET_IF(SIOCSIFNETMASK, 16), SET_IF(SIOCSIFMETRIC, 4),
	SET_IF(SIOCSIFMTU, 4), SET_IF(SIOCSIFHWADDR, 16), SET_IF(SIOCSIFHWBROADCAST, 16),
	SET_IF(SIOCSIFMAP, 24), SET_IF(SIOCSIFTXQLEN, 4), SET_IF(SIOCSIFNAME, 16), SET_IF(SIOCSIFPFLAGS, 2),
	SET_IF(SIOCADDMULTI, 16), SET_IF(SIOCDELMULTI, 16), SET_IF(SIOCBRADDIF, 4), SET_IF(SIOCBRDELIF, 4),
	SET_IF(SIOCDIFADDR, 16), IN(SIOCBRADDBR, IFNAMSIZ), IN(SIOCBRDELBR, IFNAMSIZ),
	BOTH(SIOCGARP, sizeof(struct arpreq), sizeof(struct arpreq)), IN(SIOCSARP, sizeof(struct arpreq)),
	IN(SIOCDARP, sizeof(struct arpreq)), BOTH(0x8b01 /* SIOCGIWNAME */, IFNAMSIZ, 32),
	POINTERS(SIOCETHTOOL), POINTERS(SIOCSHWTSTAMP), POINTERS(SIOCGHWTSTAMP), POINTERS(SIOCGIFVLAN),
	/* namespaces */
	MAKES_FD(NS_GET_USERNS), MAKES_FD(NS_GET_PARENT), VALUE(NS_GET_NSTYPE), OUT(NS_GET_OWNER_UID, 4),
	MAKES_FD(PIDFD_NAMESPACE(1)), MAKES_FD(PIDFD_NAMESPACE(2)), MAKES_FD(PIDFD_NAMESPACE(3)),
	MAKES_FD(PIDFD_NAMESPACE(4)), MAKES_FD(PIDFD_NAMESPACE(5)), MAKES_FD(PIDFD_NAMESPACE(6)),
	MAKES_FD(PIDFD_NAMESPACE(7)), MAKES_FD(PIDFD_NAMESPACE(8)), MAKES_FD(PIDFD_NAMESPACE(9)),
	MAKES_FD(PIDFD_NAMESPACE(10)),
	/* virtual sockets */
	OUT(_IO(7, 0xb9) /* IOCTL_VM_SOCKETS_GET_LOCAL_CID */, 4),
};
/* clang-format on */

/* Whole families whose structures point elsewhere, or whose memory is shared with the device. */
static bool has_pointers(uint32_t number)
{
	bool is_private = number >= SIOCDEVPRIVATE && number <= SIOCDEVPRIVATE + 15;
	bool is_wireless = number > 0x8b01 && number <= 0x8bff;

	return is_private || is_wireless || _IOC_TYPE(number) == 0xae /* KVM */;
}

struct request request_get(uint32_t number)
{
	struct request generic = { .number = number, .kind = REQUEST_DATA };

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i].number == number)
			return requests[i];
	if (has_pointers(number))
		generic.kind = REQUEST_POINTERS;
	else if (_IOC_DIR(number) == _IOC_NONE)
		generic.kind = REQUEST_OPAQUE;
	if (_IOC_DIR(number) & _IOC_WRITE)
		generic.input = (uint16_t)_IOC_SIZE(number);
	if (_IOC_DIR(number) & _IOC_READ)
		generic.output = (uint16_t)_IOC_SIZE(number);
	return generic;
}
