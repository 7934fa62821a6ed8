namespace PodIdentity.HealthChecks.Tests;

/// <summary>
/// A clock that moves only when a test says so, and that can tell when the code under test has begun to wait. It starts at the real time:
/// MSAL judges tokens by the system's clock, so a test with a real credential needs both to agree.
/// </summary>
internal sealed class ManualTimeProvider : TimeProvider
{
    private readonly object _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(Func<TimeSpan, bool> Due, TaskCompletionSource Seen)> _watchers = [];
    private DateTimeOffset _start;
    private TimeSpan _elapsed;

    public ManualTimeProvider(DateTimeOffset? start = null) => _start = start ?? System.GetUtcNow();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How far the clock was moved.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(GetTimestamp());

    /// <summary>How far the clock was set, all in all.</summary>
    public TimeSpan Turned { get; private set; }

    /// <summary>How many timers are waiting.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count;
            }
        }
    }

    /// <summary>How long until the next timer is due; <see langword="null"/> when none waits.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count == 0 ? null : _timers.Min(t => t.DueAt) - _elapsed;
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _start + _elapsed;
        }
    }

    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _elapsed.Ticks;
        }
    }

    /// <summary>Sets what the time is called, as somebody who corrects a node's clock does: no time passes.</summary>
    public void Turn(TimeSpan by)
    {
        lock (_lock)
        {
            _start += by;
            Turned += by;
        }
    }

    /// <summary>Moves the clock, firing every timer that becomes due on the way, in order.</summary>
    public void Advance(TimeSpan by)
    {
        TimeSpan end;
        lock (_lock)
        {
            end = _elapsed + by;
        }

        while (true)
        {
            ManualTimer? due;
            lock (_lock)
            {
                due = _timers.Where(t => t.DueAt <= end).MinBy(t => t.DueAt);
                _elapsed = due is null ? end : Max(_elapsed, due.DueAt);
                due?.Rearm(_elapsed);
            }

            if (due is null)
            {
                return;
            }

            due.Fire();
        }
    }

    /// <summary>Completes once some timer waits for exactly <paramref name="wait"/> (counted from now); at once if one already does.</summary>
    public Task WhenWaitingFor(TimeSpan wait) => WhenWaiting(w => w == wait);

    /// <summary>Completes once some timer's remaining wait satisfies <paramref name="wait"/>.</summary>
    public Task WhenWaiting(Func<TimeSpan, bool> wait)
    {
        lock (_lock)
        {
            if (_timers.Any(t => wait(t.DueAt - _elapsed)))
            {
                return Task.CompletedTask;
            }

            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((wait, seen));
            return seen.Task;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public TimeSpan DueAt { get; private set; } = TimeSpan.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            List<TaskCompletionSource> seen = [];
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                _period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    DueAt = clock._elapsed + dueTime;
                    clock._timers.Add(this);
                    seen.AddRange(clock._watchers.Where(w => w.Due(dueTime)).Select(w => w.Seen));
                    clock._watchers.RemoveAll(w => seen.Contains(w.Seen));
                }
            }

            seen.ForEach(s => s.TrySetResult());
            return true;
        }

        public void Rearm(TimeSpan now)
        {
            if (_period > TimeSpan.Zero)
            {
                DueAt = now + _period;
            }
            else
            {
                clock._timers.Remove(this);
            }
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
