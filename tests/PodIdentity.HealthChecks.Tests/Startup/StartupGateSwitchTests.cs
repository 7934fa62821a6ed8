using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace PodIdentity.HealthChecks.Tests.Startup;

/// <summary>One variable of the deployment opens the gate, without a rebuild.</summary>
public sealed class StartupGateSwitchTests
{
    private const string Variable = "PODIDENTITY_STARTUP_GATE_DISABLED";
    private readonly ScriptedCheck _db = new(ScriptedCheck.Down);

    [Theory]
    [InlineData("true")]
    [InlineData("True")]
    [InlineData("1")]
    [InlineData(" true ")]
    public async Task It_is_switched_off_by_the_configuration(string value)
    {
        using var host = Start(value);

        await host.Starting.OrHung();

        Assert.True(host.Worker.IsStarted);
        Assert.Equal(0, _db.Runs);
        Assert.Equal(
            new LogLine(LogLevel.Warning, 103, "StartupGateDisabled", $"Start-up gate 'startup' is switched off by {Variable}: the host starts without waiting"),
            Assert.Single(host.Log.Lines));
    }

    [Fact]
    public async Task It_is_switched_off_by_the_environment_alone()
    {
        Environment.SetEnvironmentVariable(Variable, "1");
        try
        {
            using var host = Start();

            await host.Starting.OrHung();

            Assert.Equal(0, _db.Runs);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    [Theory]
    [InlineData("false")]
    [InlineData("0")]
    [InlineData("")]
    [InlineData(null)]
    public async Task It_holds_when_it_is_not_switched_off(string? value)
    {
        using var host = Start(value);

        await host.PausesForAsync(1);

        Assert.False(host.Worker.IsStarted);
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("2")]
    [InlineData("true\nfalse")]
    public async Task A_value_that_says_neither_is_refused(string value)
    {
        using var host = Start(value);

        var message = (await host.FailsAsync<OptionsValidationException>()).Message;

        Assert.Contains($"Start-up gate 'startup': {Variable} is '", message, StringComparison.Ordinal);
        Assert.Contains("true or 1 to start without waiting", message, StringComparison.Ordinal);
        Assert.Equal(0, _db.Runs);
    }

    [Fact]
    public async Task The_variable_may_have_another_name()
    {
        using var host = Start("false", o => o.DisableVariable = "Gate:Off", ("Gate:Off", "true"));

        await host.Starting.OrHung();

        Assert.Equal(0, _db.Runs);
    }

    [Fact]
    public async Task A_gate_that_is_switched_off_may_select_nothing()
    {
        using var host = Start("true", o => o.Predicate = _ => false);

        await host.Starting.OrHung();

        Assert.True(host.Worker.IsStarted);
    }

    private GatedHost Start(string? value = null, Action<StartupGateOptions>? configure = null, params (string Key, string? Value)[] more) => GatedHost.Create(
        checks => checks.AddCheck("db", _db, tags: ["startup"]).AddStartupGate(configure), settings: [(Variable, value), .. more]).Start();
}
