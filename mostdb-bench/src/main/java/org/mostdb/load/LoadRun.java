package org.mostdb.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.mostdb.load.LoadResult.Stage;

/** One run of a plan: sets all keys if that is asked for, warms up, and measures. */
final class LoadRun implements AutoCloseable {

    private static final double NANOS_PER_SECOND = 1e9;

    private final LoadPlan plan;
    private final Progress progress;
    private final BooleanSupplier isStopped;
    private final LongSupplier clock;
    private final List<LoadLoop> loops = new ArrayList<>();
    private final List<SplittableRandom> randoms = new ArrayList<>();

    private LoadRun(LoadPlan plan, Progress progress, BooleanSupplier isStopped) throws IOException {
        this.plan = plan;
        this.progress = progress;
        this.isStopped = isStopped;
        long origin = System.nanoTime();
        clock = () -> System.nanoTime() - origin;
        SplittableRandom seeded = new SplittableRandom(plan.seed());
        for (int place = 0; place < plan.threads(); place++) {
            List<Connection> connections = new ArrayList<>();
            for (int i = place; i < plan.connections(); i += plan.threads()) {
                connections.add(
                        new Connection(plan.targets().get(i % plan.targets().size()), plan));
            }
            RequestText text = new RequestText(plan.valueBytes(), seeded.split());
            loops.add(new LoadLoop(connections, text, plan.timeout(), clock, isStopped));
            randoms.add(seeded.split());
        }
    }

    /**
     * Does what the plan says, and returns when it is done.
     *
     * @param isStopped asked all the time; once true, it returns as soon as what was sent is answered
     */
    static LoadResult of(LoadPlan plan, Progress progress, BooleanSupplier isStopped)
            throws IOException, InterruptedException {
        try (LoadRun run = new LoadRun(plan, progress, isStopped)) {
            Optional<Stage> preload = plan.preload() ? Optional.of(run.preload()) : Optional.empty();
            if (plan.warmup().isPositive()) {
                run.drawn("warm-up", Bound.of(plan.warmup(), plan));
            }
            Bound bound = plan.requests().isPresent()
                    ? Bound.of(plan.requests().getAsLong(), plan)
                    : Bound.of(plan.duration(), plan);
            return new LoadResult(plan, run.drawn("load", bound), preload);
        }
    }

    /**
     * Where a stage ends.
     *
     * @param nanos after its begin; {@link Pace#NEVER} if its requests alone bound it
     */
    private record Bound(long nanos, long requests) {

        static Bound of(Duration time, LoadPlan plan) {
            long requests = plan.rate().isPresent()
                    ? Math.round(plan.rate().getAsDouble() * time.toNanos() / NANOS_PER_SECOND)
                    : Long.MAX_VALUE;
            return new Bound(time.toNanos(), requests);
        }

        static Bound of(long requests, LoadPlan plan) {
            long nanos = plan.rate().isPresent()
                    ? (long) (requests / plan.rate().getAsDouble() * NANOS_PER_SECOND)
                    : Pace.NEVER;
            return new Bound(nanos, requests);
        }
    }

    private interface Part {
        Tally run(int place) throws IOException;
    }

    private Stage preload() throws InterruptedException {
        return stage(
                "preload",
                Pace.NEVER,
                place -> loops.get(place)
                        .run(
                                Pace.closed(Pace.NEVER, share(plan.keys().count(), place)),
                                Requests.setsOfEach(1 + place, plan.threads())));
    }

    private Stage drawn(String name, Bound bound) throws InterruptedException {
        long begin = clock.getAsLong();
        return stage(
                name,
                bound.nanos(),
                place -> loops.get(place).run(pace(begin, bound, place), Requests.drawn(plan, randoms.get(place))));
    }

    private Pace pace(long begin, Bound bound, int place) {
        long end = bound.nanos() == Pace.NEVER ? Pace.NEVER : begin + bound.nanos();
        long requests = share(bound.requests(), place);
        if (plan.rate().isEmpty()) {
            return Pace.closed(end, requests);
        }
        double rate = plan.rate().getAsDouble();
        double firstDueNanos = begin + place * NANOS_PER_SECOND / rate;
        // What is late may still be sent, and is given up when an answer would be.
        return Pace.open(
                firstDueNanos, rate / plan.threads(), end + plan.timeout().toNanos(), requests);
    }

    private long share(long count, int place) {
        return count / plan.threads() + (place < count % plan.threads() ? 1 : 0);
    }

    private Stage stage(String name, long plannedNanos, Part part) throws InterruptedException {
        long begin = clock.getAsLong();
        progress.begin(
                name,
                plannedNanos == Pace.NEVER ? Optional.empty() : Optional.of(Duration.ofNanos(plannedNanos)),
                sum(LoadLoop::answered));
        List<CompletableFuture<Tally>> parts = new ArrayList<>();
        for (int place = 0; place < loops.size(); place++) {
            int mine = place;
            Executor thread = task ->
                    Thread.ofPlatform().daemon().name("mostdb-load-" + mine).start(task);
            parts.add(CompletableFuture.supplyAsync(() -> run(part, mine), thread));
        }
        Tally tally = new Tally();
        for (CompletableFuture<Tally> each : parts) {
            tally.add(await(each));
        }
        progress.end();
        long last = tally.lastAnswerNanos() > 0 ? tally.lastAnswerNanos() : clock.getAsLong();
        boolean hasPlannedEnd = plannedNanos != Pace.NEVER && !isStopped.getAsBoolean();
        long nanos = hasPlannedEnd ? Math.max(plannedNanos, last - begin) : last - begin;
        return new Stage(tally, nanos / NANOS_PER_SECOND);
    }

    private long sum(ToLongFunction<LoadLoop> count) {
        return loops.stream().mapToLong(count).sum();
    }

    private static Tally run(Part part, int place) {
        try {
            return part.run(place);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Tally await(CompletableFuture<Tally> part) throws InterruptedException {
        while (true) {
            try {
                return part.get(Progress.STEP.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                progress.show(sum(LoadLoop::answered), sum(LoadLoop::failed));
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (LoadLoop loop : loops) {
            loop.close();
        }
    }
}
