# Has not been run yet: read it before you rely on it, and report what is wrong.
#
# Build:  docker build -t mostdb .
# Run:    docker run -p 5379:5379 -v mostdb:/var/lib/mostdb mostdb

FROM maven:3-eclipse-temurin-25 AS build
WORKDIR /src
COPY . .
RUN mvn -q -B -DskipTests -Dspotless.check.skip=true package -pl mostdb-server -am

# Debian or Ubuntu, not Alpine: the native LevelDB needs glibc.
FROM eclipse-temurin:25-jre
RUN apt-get update \
    && apt-get install -y --no-install-recommends curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 5379 --no-create-home mostdb \
    && install -d -o mostdb /var/lib/mostdb
COPY --from=build /src/mostdb-server/target/mostdb-server.jar /opt/mostdb/mostdb-server.jar
COPY --from=build /src/mostdb-server/target/libs /opt/mostdb/libs
COPY jvm.args /opt/mostdb/jvm.args
# Here, because it is of use to this very Java only.
RUN java @/opt/mostdb/jvm.args -XX:AOTCacheOutput=/opt/mostdb/mostdb-server.aot \
        -cp /opt/mostdb/mostdb-server.jar org.mostdb.server.Training /tmp/training \
    && rm -rf /tmp/training

USER mostdb
WORKDIR /var/lib/mostdb
ENV MOSTDB_STORE_ROOT=/var/lib/mostdb MALLOC_ARENA_MAX=1
VOLUME /var/lib/mostdb
EXPOSE 5379
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
    CMD curl -fsS "http://127.0.0.1:${MOSTDB_SERVER_PORT:-5379}/health/ready" >/dev/null || exit 1
# exec, so that the server itself gets SIGTERM and ends cleanly. It refuses variables that are none of its settings.
ENTRYPOINT ["sh", "-c", "opts=${MOSTDB_JAVA_OPTS:-}; unset MOSTDB_JAVA_OPTS; exec java @/opt/mostdb/jvm.args -XX:AOTCache=/opt/mostdb/mostdb-server.aot $opts -jar /opt/mostdb/mostdb-server.jar \"$@\"", "mostdb"]
