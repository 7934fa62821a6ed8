using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>What is wrong with a variable that the webhook of workload identity sets.</summary>
internal sealed record VariableProblem(string Variable, string Value, string Rule, string Example)
{
    public override string ToString() => $"{Variable} is '{SafeText.Address(Value)}': {Rule}";
}
