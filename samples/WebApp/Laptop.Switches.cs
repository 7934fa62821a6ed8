using System.Text.Json;
using PodIdentity.HealthChecks.Testing;

namespace WebApp;

/// <summary>The simulator's state after a switch.</summary>
internal sealed record SimulatorBody(string Nmi, string Identity, string Imds);

/// <content>The endpoints that break the simulated node and repair it. They exist on a laptop only.</content>
internal sealed partial class Laptop
{
    private enum IdentitySwitch
    {
        Bind,
        Unbind,
        Delete,
    }

    public void Map(WebApplication app)
    {
        app.MapGet("/", () => Describe(app));
        app.MapGet("/simulator", State);
        app.MapPost("/simulator/nmi/{state}", (string state) => SwitchAsync<NmiState>(state, simulator.Nmi.SetStateAsync));
        app.MapPost("/simulator/identity/{action}", (string action) => SwitchAsync<IdentitySwitch>(action, SwitchIdentityAsync));
        app.MapPost("/simulator/imds/{fault}", (string fault) => SwitchAsync<ImdsFault>(fault, value =>
        {
            simulator.Imds.Fault = value;
            return Task.CompletedTask;
        }));
        app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(Describe(app)));
    }

    private static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    private async Task<IResult> SwitchAsync<T>(string name, Func<T, Task> apply)
        where T : struct, Enum
    {
        var found = Enum.GetValues<T>().Where(v => string.Equals(NameOf(v), name, StringComparison.Ordinal)).ToArray();
        if (found is not [var value])
        {
            return TypedResults.Problem(
                title: "No such switch",
                detail: $"Valid are: {string.Join(", ", Enum.GetValues<T>().Select(NameOf))}.",
                statusCode: StatusCodes.Status400BadRequest);
        }

        await apply(value);
        return TypedResults.Ok(State());
    }

    private Task SwitchIdentityAsync(IdentitySwitch action)
    {
        switch (action)
        {
            case IdentitySwitch.Bind:
                simulator.Pod.Bind(identity);
                break;
            case IdentitySwitch.Unbind:
                simulator.Pod.Unbind(identity);
                break;
            case IdentitySwitch.Delete:
                simulator.Imds.RemoveUserAssigned(identity);
                break;
        }

        return Task.CompletedTask;
    }

    private SimulatorBody State() => new(
        NameOf(simulator.Nmi.State),
        !simulator.Imds.UserAssigned.Contains(identity) ? "deleted" : simulator.Pod.Bound.Contains(identity) ? "bound" : "unbound",
        NameOf(simulator.Imds.Fault));

    private string Describe(WebApplication app)
    {
        var url = app.Urls.FirstOrDefault()?.TrimEnd('/');
        return $"""

            There is no HOST_IP and the environment is Development: this is a laptop.
            NMI and IMDS are simulated in this process; their waits take {timeScale:0.##%} of the real time.

            Look at
              {url}/health/live       this process: stays 200 (without NMI for 5 min)
              {url}/health/ready      the pod's identity, and NMI
              {url}/health/startup    what had to pass before the application started
              {url}/whoami            the application at work with its identity

            Break something, and look at /health/ready again
              curl -X POST {url}/simulator/nmi/stopped         {string.Join(", ", Enum.GetValues<NmiState>().Select(NameOf))}
              curl -X POST {url}/simulator/identity/unbind     {string.Join(", ", Enum.GetValues<IdentitySwitch>().Select(NameOf))}
              curl -X POST {url}/simulator/imds/throttled      none, forbidden, updating, ... (any other word lists them)

            """;
    }
}
