namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>How much a finding matters.</summary>
internal enum Weight
{
    /// <summary>The pod cannot do its work.</summary>
    Failure,

    /// <summary>It says nothing about the identity: no failure as long as a token that was verified earlier is valid.</summary>
    Excusable,

    /// <summary>The pod works, and will not for long.</summary>
    Warning,
}
