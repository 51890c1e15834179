/* What quality/measure/stream does, as a process of Linux: takes bytes on TCP port 5001, sends some on 5002. */
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char piece[64 * 1024];

static void take(int flow)
{
    while (read(flow, piece, sizeof piece) > 0)
        ;
}

static void give(int flow)
{
    while (write(flow, piece, sizeof piece) > 0)
        ;
}

/* Serves one peer after the other. */
static int serve(int port, void (*one)(int))
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&any, sizeof any) != 0 || listen(listener, 16) != 0)
        return 1;
    for (;;) {
        int flow = accept(listener, NULL, NULL);
        if (flow < 0)
            return 1;
        one(flow);
        close(flow);
    }
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    memset(piece, 0x5a, sizeof piece);
    return fork() == 0 ? serve(5001, take) : serve(5002, give);
}
