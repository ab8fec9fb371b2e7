/**
 * The walk-through that the launcher prints and the README shows: register, log in, refresh, verify, log out, in lines
 * to be pasted into bash as they are. Only the first line depends on the server.
 *
 * @param base URL of the server, without a slash at its end
 */
export function walkthrough(base: string): string {
  return `BASE=${base}\n${REST}`
}

const REST = String.raw`EMAIL="ada+$(date +%s)$RANDOM@example.com" JSON='content-type: application/json'
curl -sS $BASE/auth/register -H "$JSON" -d '{"email":"'$EMAIL'","password":"seven quiet herons"}'; echo
LOGIN=$(curl -sS $BASE/auth/login -H "$JSON" -d '{"email":"'$EMAIL'","password":"seven quiet herons"}'); echo "$LOGIN"
REFRESH=$(echo "$LOGIN" | sed 's/.*"refresh_token":"\([^"]*\)".*/\1/')
TOKENS=$(curl -sS $BASE/auth/refresh -H "$JSON" -d '{"refresh_token":"'$REFRESH'"}'); echo "$TOKENS"
ACCESS=$(echo "$TOKENS" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl -sS $BASE/auth/verify -H "$JSON" -d '{"token":"'$ACCESS'"}'; echo
curl -sS -X POST $BASE/auth/logout -H "Authorization: Bearer $ACCESS" -o /dev/null -w '%{http_code}\n'
`
