/* libpq, loaded by the first database on PostgreSQL. The functions keep their names. */
#ifndef SIGNET_STORE_POSTGRES_LIBRARY_H
#define SIGNET_STORE_POSTGRES_LIBRARY_H

#include <libpq-fe.h>

#define PQ_FUNCTIONS(X)                                                                            \
    X(PQclear)                                                                                     \
    X(PQcmdTuples)                                                                                 \
    X(PQconnectdbParams)                                                                           \
    X(PQconninfoFree)                                                                              \
    X(PQconninfoParse)                                                                             \
    X(PQconsumeInput)                                                                              \
    X(PQerrorMessage)                                                                              \
    X(PQescapeIdentifier)                                                                          \
    X(PQfinish)                                                                                    \
    X(PQfreemem)                                                                                   \
    X(PQftype)                                                                                     \
    X(PQgetResult)                                                                                 \
    X(PQgetisnull)                                                                                 \
    X(PQgetlength)                                                                                 \
    X(PQgetvalue)                                                                                  \
    X(PQisBusy)                                                                                    \
    X(PQnfields)                                                                                   \
    X(PQnotifies)                                                                                  \
    X(PQntuples)                                                                                   \
    X(PQparameterStatus)                                                                           \
    X(PQresultErrorField)                                                                          \
    X(PQresultStatus)                                                                              \
    X(PQsendPrepare)                                                                               \
    X(PQsendQuery)                                                                                 \
    X(PQsendQueryPrepared)                                                                         \
    X(PQserverVersion)                                                                             \
    X(PQsetNoticeReceiver)                                                                         \
    X(PQsocket)                                                                                    \
    X(PQstatus)                                                                                    \
    X(PQtransactionStatus)

#define PQ_MEMBER(name) __typeof__(name) *name;
struct pq_library {
    PQ_FUNCTIONS(PQ_MEMBER)
};
extern struct pq_library pq_library; /* filled by pq_load */

/* Loads it once; any thread. NULL, or what is missing. */
const char *pq_load(void);

#ifndef PQ_OWN_NAMES /* postgres_library.c, which fills the table */
#define PQclear             pq_library.PQclear
#define PQcmdTuples         pq_library.PQcmdTuples
#define PQconnectdbParams   pq_library.PQconnectdbParams
#define PQconninfoFree      pq_library.PQconninfoFree
#define PQconninfoParse     pq_library.PQconninfoParse
#define PQconsumeInput      pq_library.PQconsumeInput
#define PQerrorMessage      pq_library.PQerrorMessage
#define PQescapeIdentifier  pq_library.PQescapeIdentifier
#define PQfinish            pq_library.PQfinish
#define PQfreemem           pq_library.PQfreemem
#define PQftype             pq_library.PQftype
#define PQgetResult         pq_library.PQgetResult
#define PQgetisnull         pq_library.PQgetisnull
#define PQgetlength         pq_library.PQgetlength
#define PQgetvalue          pq_library.PQgetvalue
#define PQisBusy            pq_library.PQisBusy
#define PQnfields           pq_library.PQnfields
#define PQnotifies          pq_library.PQnotifies
#define PQntuples           pq_library.PQntuples
#define PQparameterStatus   pq_library.PQparameterStatus
#define PQresultErrorField  pq_library.PQresultErrorField
#define PQresultStatus      pq_library.PQresultStatus
#define PQsendPrepare       pq_library.PQsendPrepare
#define PQsendQuery         pq_library.PQsendQuery
#define PQsendQueryPrepared pq_library.PQsendQueryPrepared
#define PQserverVersion     pq_library.PQserverVersion
#define PQsetNoticeReceiver pq_library.PQsetNoticeReceiver
#define PQsocket            pq_library.PQsocket
#define PQstatus            pq_library.PQstatus
#define PQtransactionStatus pq_library.PQtransactionStatus
#endif

#endif
