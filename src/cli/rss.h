/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_RSS_H
#define CLI_RSS_H

/* Verbs of `espalier rss`; argv[0] is "rss VERB". */
int rss_plan_cmd(int argc, char **argv);
int rss_attach_cmd(int argc, char **argv);
int rss_detach_cmd(int argc, char **argv);
int rss_status_cmd(int argc, char **argv);
int rss_top_cmd(int argc, char **argv);
int rss_doctor_cmd(int argc, char **argv);
int rss_confirm_cmd(int argc, char **argv);
int rss_off_cmd(int argc, char **argv);
int rss_on_cmd(int argc, char **argv);
int rss_metrics_cmd(int argc, char **argv);
int rss_daemon_cmd(int argc, char **argv);

#endif
