/*
 * The load generator of the benchmarks (bench/README.md). One JSON object on standard output; exit code 0 when
 * everything arrived intact, 1 when not, 2 for wrong usage.
 */

#include "load.h"

#include <string.h>

static const char usage[] =
    "usage: load tftp  --server IP --reference FILE [options]   many readers, every octet checked\n"
    "       load first --server IP --file NAME [options]        asks until a first answer comes\n"
    "       load dhcp  --interface NAME [options]               how long DISCOVERs wait for their OFFER\n"
    "       load first-offer --server IP --relay IP [options]   asks until a first OFFER comes\n"
    "\n"
    "tftp and first:\n"
    "  --port N         the server's port [69]\n"
    "  --file NAME      the name to ask for; a %d in it becomes the transfer's number, from 0 [file]\n"
    "tftp:\n"
    "  --reference FILE local file with the octets that must arrive\n"
    "  --size N         octets of a file, where it is but a part of the reference [all]\n"
    "  --stride N       file number i begins at octet i * N of the reference [0]\n"
    "  --readers N      transfers at a time [1]\n"
    "  --transfers N    transfers in all [as many as readers]\n"
    "  --blksize N      RFC 2348; 0 sends no option at all [1428]\n"
    "  --windowsize N   RFC 7440; 1 does not ask [1]\n"
    "  --eager 1        acknowledge at every block that is not due, as UEFI (edk2) does [0: once for a gap]\n"
    "  --loss N         of 10,000 packets so many are lost, in each direction [0]\n"
    "  --seed N         which packets those are [1]\n"
    "  --stagger N      microseconds between the readers' starts [0]\n"
    "  --limit N        give up after so many seconds [60]\n"
    "first-offer:\n"
    "  --relay IP       the own address, from which a relay agent asks\n"
    "first and first-offer:\n"
    "  --every N        microseconds between the requests [2000]\n"
    "  --limit N        give up after so many seconds [20]\n"
    "dhcp:\n"
    "  --rate N         DISCOVERs a second [20]\n"
    "  --machines N     so many MAC addresses take turns [50]\n"
    "  --limit N        end after so many seconds, if no SIGTERM came before [600]";

int main(int argc, char **argv) {
  if (argc > 1) {
    /* getopt_long in each command starts after the command's name. */
    if (strcmp(argv[1], "tftp") == 0) return run_tftp(argc - 1, argv + 1);
    if (strcmp(argv[1], "first") == 0) return run_first(argc - 1, argv + 1);
    if (strcmp(argv[1], "first-offer") == 0) return run_first_offer(argc - 1, argv + 1);
    if (strcmp(argv[1], "dhcp") == 0) return run_dhcp(argc - 1, argv + 1);
  }
  die("%s", usage);
}
