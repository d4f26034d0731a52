/* A PKCS#11 module as other makers make them: SoftHSM2 behind a few habits that SoftHSM2 does not
 * have. What it does at the moment is told by files in the folder ODD_FOLDER, so that a test can
 * take the token out, put it back, or hold it up, while the program under test is at work.
 *
 *   arguments   C_Initialize wants exactly this text in pReserved
 *   raw-point   CKA_EC_POINT is the point as it is, not wrapped in an OCTET STRING
 *   not-local   CKA_LOCAL is false
 *   sessions    so many sessions at most (one digit), and says so
 *   tight       so many sessions at most (one digit), and does not say so
 *   removed     the token is out: its sessions and its login are gone
 *   logout      the login is gone, the sessions are not; deletes the file
 *   new-pin     C_Login says that the PIN is wrong
 *   logins      gets one byte for each C_Login that was refused
 *   held        C_Sign does not return
 *   signs       gets one byte for each C_Sign that was begun
 *
 * Types and numbers: PKCS#11 v2.40, pkcs11t.h. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ulong_t;
typedef ulong_t (*call_t)();
struct list { unsigned char version[2]; call_t call[68]; };
struct attribute { ulong_t type; unsigned char *value; ulong_t length; };
struct initialize { void *mutexes[4]; ulong_t flags; char *reserved; };
struct token_info { char text[96]; ulong_t flags, max_sessions, sessions, max_rw, rw; };

enum { INITIALIZE = 0, GET_FUNCTION_LIST = 3, GET_SLOT_LIST = 4, GET_TOKEN_INFO = 6,
       OPEN_SESSION = 12, CLOSE_SESSION = 13, CLOSE_ALL = 14, LOGIN = 18, LOGOUT = 19, GET_ATTRIBUTE = 24,
       FIND_INIT = 26, SIGN_INIT = 42, SIGN = 43 };
enum { CKR_OK = 0, CKR_ARGUMENTS_BAD = 7, CKR_DEVICE_REMOVED = 0x32,
       CKR_PIN_INCORRECT = 0xa0, CKR_SESSION_COUNT = 0xb1,
       CKA_LOCAL = 0x163, CKA_EC_POINT = 0x181 };

static struct list real, odd;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int opened, was_removed;
static ulong_t last_slot, last_session;

static const char *path(const char *name) {
    static __thread char text[512];
    snprintf(text, sizeof text, "%s/%s", getenv("ODD_FOLDER"), name);
    return text;
}

static int told(const char *name, char *text, size_t room) {
    int file = open(path(name), O_RDONLY);
    if (file < 0) return 0;
    ssize_t got = read(file, text, room - 1);
    close(file);
    text[got > 0 ? got : 0] = 0;
    return 1;
}

static int is(const char *name) { return access(path(name), F_OK) == 0; }

/* What a reader does when its token is gone. */
static int removed(void) {
    pthread_mutex_lock(&lock);
    int out = is("removed");
    if (out && !was_removed) { real.call[CLOSE_ALL](last_slot); opened = 0; }
    was_removed = out;
    if (!out && is("logout")) { unlink(path("logout")); real.call[LOGOUT](last_session); }
    pthread_mutex_unlock(&lock);
    return out;
}

static ulong_t initialize(struct initialize *arguments) {
    char wanted[256];
    if (told("arguments", wanted, sizeof wanted)) {
        if (!arguments || !arguments->reserved || strcmp(arguments->reserved, wanted))
            return CKR_ARGUMENTS_BAD;
        arguments->reserved = NULL;
    }
    return real.call[INITIALIZE](arguments);
}

static ulong_t get_slot_list(unsigned char present, ulong_t *slots, ulong_t *count) {
    if (removed() && present) { *count = 0; return CKR_OK; }
    return real.call[GET_SLOT_LIST](present, slots, count);
}

static ulong_t get_token_info(ulong_t slot, struct token_info *info) {
    char most[8];
    if (removed()) return CKR_DEVICE_REMOVED;
    ulong_t result = real.call[GET_TOKEN_INFO](slot, info);
    if (result == CKR_OK && told("sessions", most, sizeof most))
        info->max_sessions = info->max_rw = (ulong_t)atoi(most);
    return result;
}

static ulong_t open_session(ulong_t slot, ulong_t flags, void *a, void *b, ulong_t *session) {
    char most[8];
    if (removed()) return CKR_DEVICE_REMOVED;
    pthread_mutex_lock(&lock);
    ulong_t result = CKR_SESSION_COUNT;
    int bounded = told("sessions", most, sizeof most) || told("tight", most, sizeof most);
    if (!bounded || opened < atoi(most)) result = real.call[OPEN_SESSION](slot, flags, a, b, session);
    if (result == CKR_OK) { opened++; last_slot = slot; last_session = *session; }
    pthread_mutex_unlock(&lock);
    return result;
}

static ulong_t close_session(ulong_t session) {
    ulong_t result = real.call[CLOSE_SESSION](session);
    pthread_mutex_lock(&lock);
    if (result == CKR_OK) opened--;
    pthread_mutex_unlock(&lock);
    return result;
}

static ulong_t get_attribute(ulong_t session, ulong_t object, struct attribute *wanted, ulong_t count) {
    if (removed()) return CKR_DEVICE_REMOVED;
    ulong_t result = real.call[GET_ATTRIBUTE](session, object, wanted, count);
    for (ulong_t i = 0; i < count; i++) {
        struct attribute *one = &wanted[i];
        if (one->length == (ulong_t)-1 || !one->value) continue;
        if (one->type == CKA_LOCAL && is("not-local")) one->value[0] = 0;
        /* P-256: 04 41 in front of the 65 bytes. */
        if (one->type == CKA_EC_POINT && is("raw-point") && one->length == 67) {
            memmove(one->value, one->value + 2, 65);
            one->length = 65;
        }
    }
    return result;
}

static ulong_t find_init(ulong_t session, void *wanted, ulong_t count) {
    return removed() ? CKR_DEVICE_REMOVED : real.call[FIND_INIT](session, wanted, count);
}

static ulong_t sign_init(ulong_t session, void *mechanism, ulong_t key) {
    return removed() ? CKR_DEVICE_REMOVED : real.call[SIGN_INIT](session, mechanism, key);
}

static void count(const char *name) {
    int file = open(path(name), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (file < 0 || write(file, ".", 1) < 0) abort();
    close(file);
}

static ulong_t login(ulong_t session, ulong_t user, void *pin, ulong_t length) {
    if (removed()) return CKR_DEVICE_REMOVED;
    if (is("new-pin")) { count("logins"); return CKR_PIN_INCORRECT; }
    return real.call[LOGIN](session, user, pin, length);
}

static ulong_t sign(ulong_t session, void *data, ulong_t length, void *out, ulong_t *room) {
    if (out) {
        count("signs");
        while (is("held")) usleep(500);
    }
    return removed() ? CKR_DEVICE_REMOVED : real.call[SIGN](session, data, length, out, room);
}

ulong_t C_GetFunctionList(struct list **list) {
    void *library = dlopen(getenv("ODD_BEHIND"), RTLD_NOW | RTLD_LOCAL);
    call_t get = library ? (call_t)dlsym(library, "C_GetFunctionList") : NULL;
    struct list *behind = NULL;
    if (!get || get(&behind) != CKR_OK) return CKR_ARGUMENTS_BAD;
    real = odd = *behind;
    odd.call[INITIALIZE] = (call_t)initialize;
    odd.call[GET_FUNCTION_LIST] = (call_t)C_GetFunctionList;
    odd.call[GET_SLOT_LIST] = (call_t)get_slot_list;
    odd.call[GET_TOKEN_INFO] = (call_t)get_token_info;
    odd.call[OPEN_SESSION] = (call_t)open_session;
    odd.call[CLOSE_SESSION] = (call_t)close_session;
    odd.call[GET_ATTRIBUTE] = (call_t)get_attribute;
    odd.call[FIND_INIT] = (call_t)find_init;
    odd.call[LOGIN] = (call_t)login;
    odd.call[SIGN_INIT] = (call_t)sign_init;
    odd.call[SIGN] = (call_t)sign;
    *list = &odd;
    return CKR_OK;
}
