using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace PodIdentity.HealthChecks.Tests.Startup;

/// <summary>Keeps the lines of this library's one category.</summary>
internal sealed class CollectedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<LogLine> _lines = new();

    public IReadOnlyList<LogLine> Lines => [.. _lines];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName.Equals("PodIdentity.HealthChecks", StringComparison.Ordinal));

    public void Dispose()
    {
    }

    private sealed class Logger(CollectedLog log, bool isOurs) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => isOurs;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (isOurs)
            {
                log._lines.Enqueue(new LogLine(logLevel, eventId.Id, eventId.Name, formatter(state, exception)));
            }
        }
    }
}

internal sealed record LogLine(LogLevel Level, int Id, string? Name, string Text);
