namespace PodIdentity.HealthChecks.Tests.Startup;

internal static class TaskWaits
{
    /// <summary>Turns a wait that would never end into a failure.</summary>
    public static Task OrHung(this Task task) => task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);

    /// <inheritdoc cref="OrHung(Task)"/>
    public static Task<T> OrHung<T>(this Task<T> task) =>
        task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
}
