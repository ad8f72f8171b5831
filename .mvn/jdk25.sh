# Sourced by mvnw and by the launcher: finds an installed JDK 25 or newer and exports it as JAVA_HOME, or says in one sentence
# what to install. `java` on the PATH may be older. Plain POSIX shell.
stagecraft_is_jdk25() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  stagecraft_version=$(sed -n 's/^JAVA_VERSION="\{0,1\}\([0-9]*\).*/\1/p' "$1/release" | head -n 1)
  [ -n "$stagecraft_version" ] && [ "$stagecraft_version" -ge 25 ]
}
stagecraft_find_jdk25() {
  stagecraft_on_path=$(command -v javac || true)
  [ -z "$stagecraft_on_path" ] || stagecraft_on_path=$(dirname "$(dirname "$(readlink -f "$stagecraft_on_path")")")
  set +f
  for stagecraft_home in "${JAVA_HOME-}" "$stagecraft_on_path" /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* "$HOME"/.sdkman/candidates/java/* \
    "$HOME"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if [ -n "$stagecraft_home" ] && stagecraft_is_jdk25 "$stagecraft_home"; then
      JAVA_HOME=$stagecraft_home
      export JAVA_HOME
      return 0
    fi
  done
  echo "Stagecraft needs a JDK 25 or newer and found none (looked at JAVA_HOME, PATH, /usr/lib/jvm, /usr/java, /opt, ~/.sdkman, ~/.jdks): install one, for example Eclipse Temurin 25, or set JAVA_HOME to it." >&2
  return 1
}
stagecraft_find_jdk25 || exit 2
