namespace PodIdentity.HealthChecks.Tests.Model;

/// <summary>
/// Lets asynchronous code run on simulated time: time moves from timer to timer, and during a probe only while the node knows that the probe
/// waits for it. So no real time decides anything, however slow the machine is.
/// </summary>
internal sealed class SimulatedTime(ManualTimeProvider clock, ModelNode node)
{
    /// <summary>Runs a test where the continuations of timers run at once, and not where a test framework puts them.</summary>
    public static Task RunAsync(Action test)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                test();
                done.SetResult();
            }
#pragma warning disable CA1031 // It is the test's.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                done.SetException(exception);
            }
        }).Start();
        return done.Task;
    }

    /// <summary>Lets time pass.</summary>
    public void Pass(TimeSpan time)
    {
        var end = clock.Elapsed + time;
        while (clock.NextDue is { } next && clock.Elapsed + next <= end)
        {
            clock.Advance(next);
        }

        clock.Advance(end - clock.Elapsed);
    }

    /// <summary>Lets time pass until a probe has its verdict, and not a moment longer.</summary>
    public T Await<T>(string sender, TimeSpan patience, Func<Task<T>> probe)
    {
        Drain();
        var start = clock.Elapsed;
        var task = probe();
        while (!task.IsCompleted)
        {
            // What is due later than the probe's deadline is not what it waits for: that timer has yet to begin.
            if (node.IsWaitedFor(sender, start, patience) && clock.NextDue is { } next && next <= patience)
            {
                clock.Advance(next);
            }
            else
            {
                Thread.Yield();
            }
        }

        return task.GetAwaiter().GetResult();
    }

    /// <summary>Lets the pool come to what was queued before: the end of a call that a deadline cut off.</summary>
    private static void Drain()
    {
        for (var round = 0; round < 3; round++)
        {
            using var reached = new CountdownEvent(Environment.ProcessorCount);
            for (var i = 0; i < Environment.ProcessorCount; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static r => r.Signal(), reached, preferLocal: false);
            }

            reached.Wait();
        }
    }
}
