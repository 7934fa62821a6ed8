using PodIdentity.HealthChecks.Nmi;

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

    /// <summary>Lets time pass until probes that begin at one moment have their verdicts, and not a moment longer.</summary>
    public T[] Await<T>(params (string Sender, TimeSpan Patience, Func<Task<T>> Run)[] probes)
    {
        Drain();
        var (received, start) = (node.Received, clock.Elapsed);
        var patience = probes.Max(p => p.Patience > NmiLooks.Timeout ? p.Patience : NmiLooks.Timeout);
        var tasks = new List<Task<T>>();
        bool Waits(int probe) => node.IsWaitedFor(probes[probe].Sender, received, start, probes[probe].Patience);
        foreach (var probe in probes)
        {
            // One after the other, so that a walk does the same whenever it is run.
            tasks.Add(probe.Run());
            SpinWait.SpinUntil(() => tasks[^1].IsCompleted || Waits(tasks.Count - 1));
        }

        while (Enumerable.Range(0, tasks.Count).Where(t => !tasks[t].IsCompleted).ToArray() is { Length: > 0 } left)
        {
            // One that has ended meanwhile does not wait, so time does not go on for it. And what is due later than the probe's deadline is not what
            // it waits for: that timer has yet to begin.
            if (left.All(Waits) && clock.NextDue is { } next && next <= patience)
            {
                clock.Advance(next);
            }
            else
            {
                Thread.Yield();
            }
        }

        return [.. tasks.Select(t => t.GetAwaiter().GetResult())];
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
