/** Takes the lock of a file, says so, and keeps it for as long as it hears from us. */
export const lockScript = `exec 9>>"$lock"
flock -n 9 || { echo TAKEN; exit 75; }
echo LOCKED
beats=0
while timeout 5 sh -c 'read -r line' 9>&-; do beats=$((beats + 1)); done
echo "released after $beats"`;
