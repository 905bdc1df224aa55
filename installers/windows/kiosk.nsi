; The kiosk and board. Silently: medlane-kiosk_…_x64-setup.exe /S /SERVER=https://clinic.example. What makes it the only
; program of its screen is told in ..\README.md.

!define NAME "Medlane Kiosk"
!define FOLDER "Medlane Kiosk"
!define KEY "MedlaneKiosk"

!macro EachProgram do
  !insertmacro ${do} "medlane-kiosk.exe"
!macroend

; Nobody starts it by hand.
!macro AddToMenu
!macroend
!macro TakeFromMenu
!macroend

!include setup.nsh
